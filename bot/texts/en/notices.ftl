# What comes unasked: the officer's answers, and how a report is getting on.

told-acknowledged = { $reference }: the officer on duty has read your report. The answer will come here.
told-closed = { $reference }: your report has been closed. If anything has changed, just write here.
told-nobody-yet = Nobody has answered yet. That shouldn’t happen, and everyone has been called. We keep calling.
told-nobody-yet-fallback =
    Nobody has answered yet. That shouldn’t happen, and everyone has been called.
    If you can’t wait: { $fallback }
reply-from-hotline =
    You have an answer.

    { $body }
reply-elsewhere =
    There is an answer on { $reference }.
    Read it where you wrote from: this channel is less protected.

said-not-saved = Not saved yet; we keep trying. No need to send it again.
said-parked = Your last message didn’t reach the people on duty. Please write it again.
said-file-failed = One of the files could not be fetched. Please try sending it again, smaller if possible: up to 20 MB.
