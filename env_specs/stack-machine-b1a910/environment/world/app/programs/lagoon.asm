; unit 87, revision 6
    push 4
    put 2
    load 2
    out
    load 400
    out
