"""Charts: drawn once from the summary, interactive in the page, pictures in a folder."""
