; unit 71, revision 8
    lit 1
    lit 7
    call fact
    emit
    halt
fact:
    twice
    brz leave
    twice  ; tbd
    store 0
    prod
    get 0
    lit 1
    minus
    call fact
    return
leave:
    drop
    return
