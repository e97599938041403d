//! The binary. All it does is in [`comity::cli`].

/// Rendering and composing a message makes some hundred small allocations, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    comity::cli::main()
}
