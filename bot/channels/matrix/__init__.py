"""Matrix as a channel: end-to-end encrypted rooms in, the client-server API out.

`channel.MatrixChannel` puts the parts together; `settings` loads without the Matrix library.
"""
