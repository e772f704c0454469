; unit 50, revision 1
    lit 1057
    lit 80
again:
    twice
    brz done
    exch
    over
    rem
    goto again
done:
    drop
    twice
    emit
    lit 4
    minus
    emit
