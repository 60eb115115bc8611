"""Everything the hotline says, in every language it speaks: `.ftl` files and what renders them."""

from bot.texts.loader import TextBroken, Texts

__all__ = ["TextBroken", "Texts"]
