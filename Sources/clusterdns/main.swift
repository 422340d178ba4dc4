// The command line comes next.
