; unit 57, revision 5
    lit 7
    store 2
    get 2
    emit
    get 400
    emit
