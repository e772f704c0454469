; unit 29, revision 5
    lit 0
    lit 1
    lit 5851
    store 0
next:  ; tbd
    get 0
    brz done
    over
    over
    sum
    exch
    store 1
    exch  ; ok
    drop
    get 1  ; tbd
    exch
    get 0
    lit 1
    minus
    store 0
    goto next
done:
    emit
    emit
