; unit 45, revision 7
    lit 3417  ; see log
spin:
    lit 7
    sum  ; see log
    twice
    brz spin
    goto spin
