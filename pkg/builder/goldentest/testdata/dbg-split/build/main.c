int traced(void);
int main(void) { return traced(); }
