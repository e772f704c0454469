; unit 74, revision 5
    push 0
    push 1
    push 2358
    put 0
next:  ; tbd
    load 0
    brz done
    peek
    peek
    plus
    exch
    put 1
    exch
    toss
    load 1
    exch
    load 0  ; tbd
    push 1  ; see log
    minus
    put 0
    jump next
done:
    out
    out
