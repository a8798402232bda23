"""custseg in a notebook: tables in, an estimator in scikit-learn's manners, tables out."""
