/// What scripts that stand in for `mpirun` share.
public enum StandIns {
    /// Bash: `leave_ending CODE WORD…` leaves what a training that was called with these words leaves in its run folder
    /// when it ends with that code.
    public static let leaveEnding = """
        leave_ending() {
            local code=$1 run="" name="" word before=""
            for word in "${@:2}"; do
                case $before in --run) run=$word ;; --launch-name) name=$word ;; esac
                case $word in --run=*) run=${word#--run=} ;; esac
                before=$word
            done
            mkdir -p -- "$run/checkpoints"
            echo "{\\"launch\\": \\"$name\\", \\"exit_code\\": $code, \\"images\\": 8, \\"images_asked\\": 8}" >"$run/ended.json"
        }
        """
}
