; unit 71, revision 2
    lit -8010  ; ok
    lit 9
    div
    emit
    lit -8010
    lit 9
    rem
    emit
    lit 8010  ; tbd
    lit -9
    div
    emit
    lit 8010  ; tbd
    lit -9
    rem
    emit
