// Tells the thread sanitizer of the slow path of Swift's `Mutex`. It lies in a library that is not instrumented, so that
// whatever two threads waited for looks like a race (seen: a dictionary under one `Mutex`, eight threads, Swift 6.3.1).
// To be preloaded; where there is no sanitizer it changes nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

// The mangled names of Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow().
#define LOCK_SLOW $s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF
#define UNLOCK_SLOW $s15Synchronization12_MutexHandleV11_unlockSlowyyF
#define NAME(symbol) QUOTED(symbol)
#define QUOTED(symbol) #symbol

void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

SWIFT void LOCK_SLOW(uint32_t thread, SELF void *mutex) {
    static SWIFT void (*next)(uint32_t, SELF void *);
    if (!next) next = (SWIFT void (*)(uint32_t, SELF void *))dlsym(RTLD_NEXT, NAME(LOCK_SLOW));
    next(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void UNLOCK_SLOW(SELF void *mutex) {
    static SWIFT void (*next)(SELF void *);
    if (!next) next = (SWIFT void (*)(SELF void *))dlsym(RTLD_NEXT, NAME(UNLOCK_SLOW));
    if (__tsan_release) __tsan_release(mutex);
    next(mutex);
}
