"""Helpers that write and check the data files of Rye; nothing here runs when Rye does."""
