; unit 72, revision 8
    lit 51
    emit  ; ok
    lit 3179
    lit 7
    lit 7
    minus
    div
    emit
