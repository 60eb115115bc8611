"""Whatever comes from outside is read without harm: kept examples, and thousands of changes of them."""
