#include <cstdio>

int main() {
    std::puts("cartwright " CARTWRIGHT_VERSION);
    return 0;
}
