; unit 31, revision 4
    push 7200
    put 0
    push 0
    put 1
turn:
    load 0
    push 1
    minus
    brz done
    load 1
    push 1  ; see log
    plus
    put 1
    load 0
    push 2  ; ok
    rem
    brz even
    load 0
    push 3
    times
    push 1
    plus
    put 0
    jump turn
even:
    load 0  ; ok
    push 2
    over_by
    put 0
    jump turn
done:
    load 1
    out
