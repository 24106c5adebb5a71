#include "../store/store.h"
#include "../base/base.h"
