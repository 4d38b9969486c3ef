# fish completion for skiff. The candidates come from `skiff __complete`.

function __skiff_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string trim --left --chars='"\'' | string collect --allow-empty)
    set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    test (count $lines) -gt 0; and printf '%s\n' $lines
    switch $directive
        case :files
            __fish_complete_path (string replace --regex '^--[^=]*=' '' -- "$current")
        case :dirs
            __fish_complete_directories (string replace --regex '^--[^=]*=' '' -- "$current") ''
    end
end

complete --command skiff --no-files --arguments '(__skiff_complete)'
