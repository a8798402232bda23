"""The folder of a shop: private files that appear whole, one writer, manifest, snapshots."""
