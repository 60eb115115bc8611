# A report's questions. The first line of each message shows on a lock screen.

report-safety =
    One question first.
    Are you safe right now, and free to write?
report-about = Who is it about?
report-defender =
    What do you, or the person in question, work on, and where?
    A few words will do. The centre helps people who defend the rights of others, so we need to ask.
report-acts =
    What happened?
    Choose as many as apply, or use your own words.
report-account =
    Tell it in whatever way is easiest: text, voice, photos.
    The order doesn’t matter.
report-timing = Is it going on now, about to happen, or already over?
report-date =
    When?
    Write it as you remember it: “last night”, “12 May”, “Tuesday morning”.
report-region =
    Where is it?
    Write the region or the town. No exact address is needed.
report-region_pick = Which of these is closest?
report-perpetrator =
    Who is behind it, as far as you know?
    Choose as many as apply, or use your own words.
report-detention =
    Where is the person now, and since when?
    It also matters whether a lawyer is let in, and what the charge is. Write what you know.
report-needs =
    What would help most right now?
    Choose as many as apply, or use your own words.
report-contact =
    How, and at what hours, is it best to answer you?
    Name what is safe. If only here, just say so: we won’t look for you in any other way.
report-evidence =
    Is there anything to attach?
    Photos, documents, recordings. If not, we’ll move on.
report-consent_partners =
    One more question.
    May we tell partner organisations about this?
    Without your consent we pass nothing on. You can change your mind on any day.
report-consent_authorities =
    One more question.
    May we take this to the authorities?
    A prosecutor’s office, for example. They may look a name up in their own records.
report-consent_un =
    One more question.
    May we tell the UN and other international bodies?
    They don’t usually consider anything that comes without a name.
report-consent_public =
    One more question.
    May we speak about this publicly?
    What has been published can’t be taken back.

report-begun =
    Noted, no need to send it again.
    It hasn’t gone anywhere yet: answer a few questions, or send it right away. If it can’t wait, press SOS.
report-open = This is where you stopped.
report-idle =
    Shall we go on?
    Everything you wrote is still here. Unless it is sent, it will be wiped in a day.
report-noted = Noted that too.
report-full = There is no more room here. Send what there is and keep writing: all of it will reach the officer on duty.
report-sending = Sending. No need to repeat it.
report-as-it-is =
    It reads now:
    { $answer }

report-received =
    Received. Reference { $reference }.
    The officer on duty can see it now and will answer here in no more than { $within }. If anything changes, just write here.

date-taken = We read that as { $at }.
said-region =
    Noted.
    The place: { $region }.
said-as-written = Noted as you wrote it.

summary-begin = Please check that this is right.
summary-line = { $topic }: { $answer }
summary-files = { $count ->
    [one] { $count } file attached
   *[other] { $count } files attached
}
summary-places = { $count ->
    [one] { $count } place marked on the map
   *[other] { $count } places marked on the map
}
summary-change = What should be changed?
as-typed = { $words }

topic-about = Who it is about
topic-defender = Their work
topic-acts = What happened
topic-account = The account
topic-timing = Now or earlier
topic-date = When
topic-region = Where
topic-perpetrator = Who is behind it
topic-detention = The person held
topic-needs = What would help
topic-contact = How to reach you
topic-evidence = Attachments
topic-consent_partners = Tell partners
topic-consent_authorities = Go to the authorities
topic-consent_un = Inform the UN
topic-consent_public = Speak publicly
