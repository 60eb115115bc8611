# A surge: more reports than the room has messages for. Then one digest stands there, updated in place.

surge-on =
    Many reports at once. For now they are gathered in this digest and don’t come one by one. Urgent ones also come by themselves.
    It began { $since }.
surge-passed =
    It is calmer now: new reports come one by one again.
    The surge began { $since } and was over { $until }.
surge-waiting = Unacknowledged { $total }: urgent { $urgent }, high { $high }, normal { $normal }.
surge-waiting-none = Everything here is acknowledged.
surge-more = and { $total } more: urgent { $urgent }, high { $high }, normal { $normal }. All that is open: /queue
surge-besides = Reminders and new messages on reports already acknowledged: { $cases }.
surge-as-of = Updated { $at }.
surge-older = The digest goes on below.
surge-ack = Acknowledge { $reference }

now-surge = { $folded ->
    [one] Many reports at once; it began { $since }. { $folded } message went into the digest.
   *[other] Many reports at once; it began { $since }. { $folded } messages went into the digest.
}
