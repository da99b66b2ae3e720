"""One reader for each format: ``read(path)`` returns the number of pages, or None if it is not known, and the pages.

The pages are an iterator, so that the first are used while the rest are read. A reader runs in the child process and
is named by its row in ``processing/formats/table.py``. If the file cannot be read, ``read`` or the iterator raises
``UserMistake`` with an error key of that row. Any other exception counts as a damaged file.
"""
