"""Helpers behind *Neural Networks by Experiment*: small enough to read in full.

`import nblib` loads NumPy and nothing else; import the part you want, as in
`from nblib import datasets, plots`.
"""

__version__ = "0.1.0"

from nblib._hidden import refuse_hiding_files

refuse_hiding_files()
