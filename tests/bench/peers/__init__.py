"""What the hotline is compared to: small bots as the library's own examples write them."""
