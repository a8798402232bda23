"""How anything is written: figures, money, dates, names of features, languages, colours, cells."""
