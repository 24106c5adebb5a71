#include "policy/policy.h"
#include "base.h"
#include <stdio.h>
