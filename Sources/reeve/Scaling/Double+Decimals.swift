extension Double {
    /// With so many decimals, 0 to 3; for numbers of 0 or more.
    func decimals(_ places: Int) -> String {
        let scale = [1, 10, 100, 1000][min(max(places, 0), 3)]
        let scaled = Int64((self * Double(scale)).rounded())
        guard places > 0 else { return String(scaled) }
        let rest = String(scaled % Int64(scale))
        return "\(scaled / Int64(scale))." + String(repeating: "0", count: max(places - rest.count, 0)) + rest
    }
}
