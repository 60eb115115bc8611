"""The history of the tables: `versions/` holds one step a file, applied in order by `backend.upgrade`.

A step's revision is the number that its file's name begins with. Steps are written in plain SQLAlchemy types
and never import the models: they must do tomorrow what they do today.
"""
