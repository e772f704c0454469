; unit 83, revision 8
    push 2568  ; ok
    out
down:
    call down
