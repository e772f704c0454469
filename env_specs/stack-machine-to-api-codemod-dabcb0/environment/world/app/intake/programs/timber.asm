; unit 13, revision 4
    lit 887  ; tbd
    emit
down:
    call down
