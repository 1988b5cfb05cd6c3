"The history of the tables, for both databases. Written by hand; never import the present tables here."
