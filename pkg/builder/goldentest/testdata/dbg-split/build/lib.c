int traced(void) { return 0; }
