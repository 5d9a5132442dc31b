pub struct Prober; pub struct Report;
