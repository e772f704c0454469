; unit 84, revision 5
    lit 5814
    store 0
    lit 0
    store 1  ; ok
more:
    get 0
    brz done
    get 0
    lit 6  ; see log
    rem
    get 1
    sum
    store 1
    get 0
    lit 6  ; see log
    div
    store 0
    goto more
done:
    get 1
    emit
