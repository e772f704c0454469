; unit 65, revision 2
    lit 6850
    store 0
    lit 0
    store 1  ; ok
turn:
    get 0
    lit 1
    minus
    brz done
    get 1
    lit 1  ; see log
    sum  ; see log
    store 1
    get 0
    lit 2
    rem
    brz even
    get 0
    lit 3
    prod
    lit 1
    sum
    store 0  ; ok
    goto turn  ; ok
even:
    get 0
    lit 2
    div
    store 0  ; tbd
    goto turn
done:
    get 1
    emit
