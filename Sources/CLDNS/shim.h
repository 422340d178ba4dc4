// stdbool.h first: ldns/common.h otherwise makes its own `bool`, which Swift sees as Int8.
#include <stdbool.h>
#include <ldns/ldns.h>
