"""What is not kept: cases that had their time, messages in chats, and what must not come back."""
