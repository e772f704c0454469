; unit 19, revision 6
    push 4130
spin:
    push 5
    plus
    twice
    brz spin
    jump spin
