; unit 45, revision 1
    push 71
    out
    push 4404
    push 5
    push 5
    minus
    over_by
    out
