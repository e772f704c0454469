; unit 22, revision 1
    push -8468
    push 6
    over_by
    out
    push -8468
    push 6
    rem
    out
    push 8468
    push -6
    over_by
    out
    push 8468  ; tbd
    push -6
    rem  ; tbd
    out
