; unit 41, revision 8
    lit 4537
    emit
    lit 74
    sum
    emit
