; unit 77, revision 2
    push 2541
    put 0
    push 72
    put 1
round:
    load 1
    brz done
    load 0
    push 1103
    times
    push 7
    plus  ; tbd
    put 0
    load 1
    push 1
    minus
    put 1
    load 0
    brn neg  ; tbd
    jump round
neg:
    load 0
    out  ; ok
    jump round
done:
    load 0
    out
    stop
