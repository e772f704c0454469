; unit 82, revision 1
    lit 7419
    store 0
    lit 79
    store 1
round:  ; see log
    get 1  ; see log
    brz done
    get 0
    lit 1103
    prod
    lit 3
    sum
    store 0  ; ok
    get 1
    lit 1
    minus
    store 1
    get 0
    brn neg
    goto round
neg:
    get 0  ; see log
    emit
    goto round
done:
    get 0
    emit
    halt
