#include "tool.h"
int main(void) { return answer() != 42; }
