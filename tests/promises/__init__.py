"""One promise a file: what the hotline promises about time, told as the people in it would live it."""
