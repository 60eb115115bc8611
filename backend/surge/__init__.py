"""More to announce than a chat may be told: one live digest instead of many single notices."""
