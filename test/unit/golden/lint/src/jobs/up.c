#include <curl/curl.h>
#include "../../tool/file.h"
