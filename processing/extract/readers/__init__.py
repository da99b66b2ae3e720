"""One reader a format: ``read(path)`` returns the number of pages, or None where it is not known, and the pages.

The pages are an iterator, so that the first are used while the rest are read. A reader runs in the child process,
named by its row in ``processing/formats/table.py``. It raises ``UserMistake`` with an error key of that row where the
file cannot be read, at once or while pages are read; any other exception counts as a damaged file.
"""
