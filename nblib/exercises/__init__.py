"""The exercises of the notebooks, one module a notebook: cases, references and the usual mistakes."""
