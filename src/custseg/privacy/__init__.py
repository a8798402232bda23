"""What people can ask of a shop: to be forgotten, left out, or told what is held on them."""
